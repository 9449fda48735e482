/// The limits of the HTTP server; each is a flag.
struct HTTPSettings: Sendable {
    /// Connections that may be open at once; more are closed at once.
    var connectionsMax = 1024
    /// Bytes of a request's headers.
    var headerBytesMax = 16 * 1024
    /// Bytes of a request's body.
    var bodyBytesMax = 1 << 20
    /// Streams that a connection of HTTP/2 may have open at once.
    var streamsMax = 100
    /// How many logins may wait to be checked, and how many may be wrong.
    var logins = PasswordChecks.Limits()
    /// From the first byte of a request, or from the opening of a connection, to the end of its headers.
    var headerTimeout = Duration.seconds(10)
    /// From the end of the headers to the end of the body.
    var bodyTimeout = Duration.seconds(10)
    /// How long a client may take to read an answer.
    var writeTimeout = Duration.seconds(30)
    /// How long a connection may rest between two requests.
    var idleTimeout = Duration.seconds(120)
    /// How long requests under way may take to end when the process is told to.
    var shutdownGrace = Duration.seconds(5)
}
