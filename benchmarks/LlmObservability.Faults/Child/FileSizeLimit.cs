using System.Runtime.InteropServices;

namespace LlmObservability.Faults.Child;

/// <summary>The operating system's bound on the size of files, which any user may set: a disk that is full, for one process.</summary>
internal static class FileSizeLimit
{
    private const int SignalExceeded = 25;

    /// <summary>Files of this process grow to this size and no further; 0 takes the bound away. Linux only.</summary>
    public static void Set(long bytes)
    {
        // The error is what is wanted, not the signal, which would end the process.
        _ = Signal(SignalExceeded, 1);
        var limit = new Limit { Soft = bytes == 0 ? ulong.MaxValue : (ulong)bytes, Hard = ulong.MaxValue };
        if (SetLimit(1, in limit) != 0)
        {
            throw new InvalidOperationException($"setrlimit: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Signal(int number, nint handler);

    [DllImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
