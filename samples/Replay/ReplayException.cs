namespace Replay;

/// <summary>Something that ends the program with one line on stderr and an exit code.</summary>
internal sealed class ReplayException(int exitCode, string message, Exception? cause = null) : Exception(message, cause)
{
    public int ExitCode { get; } = exitCode;
}
