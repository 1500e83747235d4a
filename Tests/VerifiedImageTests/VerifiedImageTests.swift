// VerifiedImage
