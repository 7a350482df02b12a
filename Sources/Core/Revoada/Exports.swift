@_exported import RevoadaCaching
@_exported import RevoadaChannels
@_exported import RevoadaCoordination
@_exported import RevoadaScheduling
