// Scratch
