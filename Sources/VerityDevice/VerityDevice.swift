// VerityDevice
