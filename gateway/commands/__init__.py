"""The commands of `voicepact`, one file each; `startup` has what they share."""
