import EstoqueDatabase
import EstoqueTables
import Foundation

/// Why an export is not possible. The sentences are for people.
public enum ExportFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// This cannot be written as that.
  case unsupported(ExportKind, ExportFormat)
  /// There is no such job.
  case unknownJob(ExportJob.ID)
  /// The job is in a state in which that cannot be done.
  case wrongState(ExportJob.ID, ExportState)
  /// The file is not here: it is too old, or in the folder of another machine.
  case fileGone(ExportJob.ID)
  /// There are more labels than are printed at once.
  case tooManyLabels(Int, limit: Int)
  /// No product was found that a bar code can name.
  case noLabels
  /// The file could not be written.
  case unwritable(String)
  /// The disk is full.
  case noRoom

  /// A sentence for people.
  public var description: String {
    switch self {
    case .unsupported(let kind, let format):
      "\(kind.brazilian) não podem ser exportados como \(format.rawValue.uppercased())"
    case .unknownJob(let id): "não existe exportação com o número \(id)"
    case .wrongState(let id, let state): "a exportação \(id) está \(state.brazilian)"
    case .fileGone(let id): "o arquivo da exportação \(id) não existe mais; exporte de novo"
    case .tooManyLabels(let count, let limit):
      "são \(count) etiquetas, e no máximo \(limit) de cada vez; escolha uma categoria ou uma busca"
    case .noLabels: "nenhum produto encontrado tem um código que caiba em um código de barras"
    case .noRoom:
      "não há espaço na pasta das exportações do servidor: libere espaço, ou exporte um período menor, e exporte de novo"
    case .unwritable(let reason): "o arquivo não pôde ser gravado: \(reason)"
    }
  }
}

extension ExportFault {
  init(errno code: Int32) {
    self = [ENOSPC, EDQUOT].contains(code) ? .noRoom : .unwritable(String(cString: strerror(code)))
  }

  /// What writing to a file has thrown.
  init(_ error: any Error) {
    if let fault = error as? SpreadsheetFault {
      self = fault.isOutOfRoom ? .noRoom : .unwritable(fault.reason)
    } else if (error as? CocoaError)?.code == .fileWriteOutOfSpace {
      self = .noRoom
    } else {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      self =
        cause.domain == NSPOSIXErrorDomain
        ? .init(errno: Int32(cause.code)) : .unwritable(error.localizedDescription)
    }
  }
}
