namespace Replay;

/// <summary>Something that ends the program with one line on stderr and an exit code.</summary>
internal sealed class ReplayException : Exception
{
    public ReplayException()
    {
    }

    public ReplayException(string message)
        : base(message)
    {
    }

    public ReplayException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ReplayException(int exitCode, string message)
        : base(message)
    {
        ExitCode = exitCode;
    }

    public int ExitCode { get; } = ExitCodes.BadInput;
}
