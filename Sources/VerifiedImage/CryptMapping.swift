internal import Bytes
internal import Linux
internal import Policy

/// The device that decrypts an image below dm-verity: plain dm-crypt over the whole file, data and hash tree.
enum CryptMapping {
  /// Compares all that the kernel does with all that is pinned. The key itself is in no table: another one gives other
  /// blocks, which dm-verity refuses.
  static func mismatch(_ table: DeviceMapper.Table, _ geometry: VerityGeometry) -> String? {
    let parts = table.parameters.split(UInt8(ascii: " "))
    guard table.targets == 1, table.readOnly, table.start == 0, table.type == "crypt", parts.count > 3,
      parts[3].isLoopDevice, table.sectors == geometry.cryptSectors,
      table.parameters == geometry.cryptParameters(device: parts[3])
    else { return "\(table.type) \(table.parameters)\(table.readOnly ? "" : ", writable")" }
    return nil
  }
}

extension VerityGeometry {
  static let cryptSuffix: ByteString = "-crypt"

  /// `ward-<root hash>-crypt`: the name of the device that decrypts.
  var cryptName: ByteString { deviceName + Self.cryptSuffix }

  /// Its length in sectors of 512 bytes: that of the file.
  var cryptSectors: UInt64 { fileSize / 512 }

  /// The parameters of the kernel's target `crypt` (Documentation/admin-guide/device-mapper/dm-crypt.rst): the key comes
  /// from the keyring of whoever loads the table, and the first sector of the device is sector 0.
  func cryptParameters(device: ByteString) -> ByteString {
    ImageEncryption.cipher + ByteString(" :\(ImageKey.size):logon:") + ImageKey.keyringName + " 0 " + device
      + ByteString(" 0 1 sector_size:\(ImageEncryption.sectorSize)")
  }
}
