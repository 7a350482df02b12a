import Revoada
@main struct Placeholder { static func main() async throws {} }
