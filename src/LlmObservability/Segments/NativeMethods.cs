using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LlmObservability.Segments;

/// <summary>What .NET does not offer: a handle of a directory, which alone flushes its entries.</summary>
internal static class NativeMethods
{
    // O_CLOEXEC, so that a child process does not inherit the handle. Its value differs elsewhere, where it is left out.
    private const int CloseOnExecuteOnLinux = 0x80000;

    /// <summary>Opens a directory for reading. Unix only.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenDirectory(string path)
    {
        var name = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, name);
        var handle = new SafeFileHandle(Open(name, OperatingSystem.IsLinux() ? CloseOnExecuteOnLinux : 0), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw new IOException($"The directory '{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);
}
