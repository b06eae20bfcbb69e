namespace Replay;

/// <summary>Where the program writes.</summary>
/// <param name="Output">The report.</param>
/// <param name="Error">Progress and errors.</param>
/// <param name="Interactive">Whether a person watches <paramref name="Error"/>: only then is there a progress bar.</param>
public sealed record ReplayConsole(TextWriter Output, TextWriter Error, bool Interactive);
