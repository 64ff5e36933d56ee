"""What can be seen and touched. Knows Qt and the nouns, nothing of networks, git or threads."""
