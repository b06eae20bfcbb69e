using System.Runtime.InteropServices;

namespace LlmObservability.Testing.Postgres;

/// <summary>Signals to processes that a test started, on Unix.</summary>
internal static class UnixSignal
{
    private const int KillNumber = 9;
    private const int TerminateNumber = 15;

    /// <summary>Ends the process at once.</summary>
    public static void Kill(int process) => Send(process, KillNumber);

    /// <summary>Asks the process to end.</summary>
    public static void Terminate(int process) => Send(process, TerminateNumber);

    /// <summary>The process does nothing until <see cref="Continue"/>.</summary>
    public static void Stop(int process) => Send(process, OperatingSystem.IsMacOS() ? 17 : 19);

    /// <summary>Ends what <see cref="Stop"/> began.</summary>
    public static void Continue(int process) => Send(process, OperatingSystem.IsMacOS() ? 19 : 18);

    // A process that is gone already is no error: that is what was wanted, or it is seen elsewhere.
    private static void Send(int process, int signal) => _ = SendSignal(process, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
