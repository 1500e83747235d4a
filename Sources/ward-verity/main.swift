// ward-verity
