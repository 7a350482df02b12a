import EstoqueAccess
import EstoqueDatabase
import EstoqueDomain
import EstoqueStock
import HTTPTypes
import Hummingbird
import Revoada

/// Errors that say themselves how clients are told of them.
protocol ProblemConvertible: Error {
  var problem: Problem { get }
}

extension Problem {
  /// How clients are told of an error. What nobody expects is told without any details.
  init(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as any ProblemConvertible: self = error.problem
    case is TimedOut: self = .slow
    case is CancellationError: self = .cancelled
    case let error as CircuitOpen: self = .unavailable(error.remaining ?? .seconds(1))
    case let error as ObjectPoolError:
      if case .closed = error { self = .unavailable(.seconds(5)) } else { self = .unavailable(.seconds(1)) }
    case let error as any HTTPResponseError: self = Self.framework(error.status)
    default: self = .unknown
    }
  }

  private static func framework(_ status: HTTPResponse.Status) -> Problem {
    switch status.code {
    case 404: .notFound
    case 405: Problem(status, "method")
    case 413: Problem(status, "too-large")
    case 400..<500: Problem(status, "malformed")
    default: .unknown
    }
  }
}

extension DatabaseError: ProblemConvertible {
  var problem: Problem {
    if kind == .diskFull { return .fullDatabase }
    if isOutage { return .unavailable(.seconds(2)) }
    switch kind {
    case .busy, .serializationFailure, .deadlock, .interrupted, .staleStatement:
      return .unavailable(.seconds(1))
    case .constraint(let violation) where violation.kind == .unique || violation.kind == .foreignKey:
      return .conflict("já existe, ou ainda é usado")
    // A text that no database can hold: it has U+0000 in it.
    case .parameters: return .malformed("um dos valores \(FieldMessage.control)")
    default: return .unknown
    }
  }
}

extension StockFault: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .insufficient, .alreadyReversed, .codeTaken, .nameTaken, .categoryInUse, .locationInUse,
      .stocktakeEnded,
      .stocktakeOpen:
      .conflict(description)
    case .outdated: .outdated
    case .unknownMovement, .unknownStocktake: Problem(.notFound, "not-found", description)
    case .unknownProduct: .invalid("product", description)
    case .unknownCategory: .invalid("category", description)
    case .unknownLocation, .locationClosed: .invalid("location", description)
    case .wrongFactor: .invalid("factor", description)
    case .nameless: .invalid("name", description)
    case .zeroQuantity, .wrongSign, .outOfRange, .negativeCount: .invalid("quantity", description)
    }
  }
}

extension InvalidCursor: ProblemConvertible {
  var problem: Problem { .invalid("after", description) }
}

extension AccessFault: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .wrongCredentials: Problem(.unauthorized, "unauthenticated", description)
    case .tooManyTries(let wait): .tooMany(wait, description)
    case .notSignedIn: .unauthenticated
    case .loginTaken, .lastAdmin: .conflict(description)
    case .invalidLogin: .invalid("login", description)
    case .invalidName: .invalid("name", description)
    case .passwordTooShort, .passwordTooLong, .passwordTooSimple: .invalid("password", description)
    case .wrongPassword: .invalid("old", description)
    case .unknownAccount, .unknownToken: Problem(.notFound, "not-found", description)
    case .outdated: .outdated
    case .tokenTime: .invalid("expiresAt", description)
    }
  }
}

extension MalformedJSON: ProblemConvertible {
  var problem: Problem { .malformed("o JSON está errado na posição \(offset)") }
}
