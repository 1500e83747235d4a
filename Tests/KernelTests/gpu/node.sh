# shellcheck shell=bash
# Sourced after harness.sh: a node with NVIDIA's GPUs, as far as files of the kernel say so. They lie over /proc and /sys of the
# private node alone; the devices themselves do not answer (ENXIO), and one that the cgroup denies says so (EPERM).
# shellcheck disable=SC2154 # work, checkout and bin come from node

gpu_version=550.54.14
gpu_uuid() { printf 'GPU-%08d-2222-3333-4444-555555555555' "$1"; }

# gpu_node COUNT: the node has so many GPUs, and a stand-in for NVML.
gpu_node() {
  local index address
  mkdir -p "$work/kernel"
  sed '/^Character devices:/a 195 nvidia\n195 nvidiactl\n226 drm\n237 nvidia-caps\n507 nvidia-uvm\n510 kfd' /proc/devices >"$work/kernel/devices"
  mount --bind "$work/kernel/devices" /proc/devices
  mount -t tmpfs tmpfs /proc/driver
  mkdir -p /proc/driver/nvidia
  gpu_parameters ''
  mount -t tmpfs tmpfs /sys/bus/pci/devices
  # There may be no class drm to lie over.
  mount -t tmpfs tmpfs /sys/class
  for ((index = 0; index < $1; index++)); do
    address=0000:0$((index + 1)):00.0
    mkdir -p "/proc/driver/nvidia/gpus/$address" "/sys/bus/pci/devices/$address/drivers/nvidia"
    printf 'Model: \t\t NVIDIA H100\nGPU UUID: \t %s\nBus Location: \t %s\nDevice Minor: \t %s\nGPU Excluded:\t No\n' \
      "$(gpu_uuid "$index")" "$address" "$index" >"/proc/driver/nvidia/gpus/$address/information"
    echo 0x10de >"/sys/bus/pci/devices/$address/vendor"
    echo 0x030200 >"/sys/bus/pci/devices/$address/class"
    ln -s drivers/nvidia "/sys/bus/pci/devices/$address/driver"
  done
  mkdir -p "$work/nvml"
  cc -shared -fPIC -o "$work/nvml/libnvidia-ml.so.1" "$checkout/Tests/KernelTests/gpu/nvml.c"
  configure "\"gpu\":\"$bin/ward-gpu\"" "\"nvml\":\"$work/nvml/libnvidia-ml.so.1\""
}

# gpu_parameters TEXT: how the module was loaded.
gpu_parameters() {
  printf 'ModifyDeviceFiles: 1\nDeviceFileMode: 438\nRegistryDwords: "%s"\n' "$1" >/proc/driver/nvidia/params
}

# gpu_mode LINE...: what NVML answers from now on.
gpu_mode() { printf '%s\n' "$@" >"$work/nvml/nvml.state"; }

# gpu_driver FOLDER: an installed driver; its libraries hold no code.
gpu_driver() {
  local place=$1/usr/lib/x86_64-linux-gnu name
  mkdir -p "$place"
  for name in cuda nvidia-ml nvidia-ptxjitcompiler; do
    echo 'int nothing(void) { return 0; }' |
      cc -shared -fPIC -Wl,-soname,lib$name.so.1 -x c -o "$place/lib$name.so.$gpu_version" -
    ln -s "lib$name.so.$gpu_version" "$place/lib$name.so.1"
  done
  mkdir -p "$1/usr/lib/firmware/nvidia/$gpu_version"
  echo firmware >"$1/usr/lib/firmware/nvidia/$gpu_version/gsp_ga10x.bin"
}

# mig_instance GPU PART MINOR: a part of a GPU, with the access tokens MINOR and MINOR + 1.
mig_instance() {
  local place=/proc/driver/nvidia/capabilities/gpu$1/mig/gi$2
  mkdir -p "$place/ci0"
  printf 'DeviceFileMinor: %s\nDeviceFileMode: 256\n' "$3" >"$place/access"
  printf 'DeviceFileMinor: %s\nDeviceFileMode: 256\n' "$(($3 + 1))" >"$place/ci0/access"
}

# amd_gpu MINOR ADDRESS: a GPU of AMD's.
amd_gpu() {
  local function=/sys/bus/pci/devices/$2
  mkdir -p "$function/drivers/amdgpu" "/sys/class/drm/renderD$1"
  echo 0x1002 >"$function/vendor"
  echo 0x120000 >"$function/class"
  printf '%016x\n' "$1" >"$function/unique_id"
  ln -s drivers/amdgpu "$function/driver"
  echo "226:$1" >"/sys/class/drm/renderD$1/dev"
  ln -s "../../../bus/pci/devices/$2" "/sys/class/drm/renderD$1/device"
}
