import Revoada

@main
struct Quadrados {
  static func main() async throws {
    Scheduler.installGlobally(workers: 4)  // antes de tudo

    let tarefas = Channel<Int>(capacity: 10)
    let quadrados = Channel<Int>()  // capacidade 0: quem envia encontra quem recebe

    for _ in 1...4 {
      spawn {
        for try await numero in tarefas { try await quadrados.send(numero * numero) }
      }
    }
    spawn {
      for numero in 1...20 { try await tarefas.send(numero) }
      tarefas.close()
    }

    for _ in 1...20 { print(try await quadrados.receive() ?? 0) }
  }
}
