using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LlmObservability.Faults.Child;

/// <summary>
/// One producer's part of the ledger, apart from the library. Each entry goes to the operating system at once, so that it
/// outlives the process. Files stay small: a limit on the size of files is to hit the spool, not the ledger.
/// </summary>
internal sealed class LedgerWriter(string folder, int producer) : IDisposable
{
    private const int EntriesAFile = 512;

    private SafeFileHandle? _file;
    private int _files;
    private int _entries = EntriesAFile;
    private long _offset;

    public void Write(in LedgerEntry entry)
    {
        if (_entries == EntriesAFile)
        {
            _file?.Dispose();
            var name = string.Create(CultureInfo.InvariantCulture, $"{producer:D3}-{_files++:D5}.ledger");
            _file = File.OpenHandle(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            (_entries, _offset) = (0, 0);
        }

        RandomAccess.Write(_file!, MemoryMarshal.AsBytes(new ReadOnlySpan<LedgerEntry>(in entry)), _offset);
        _offset += LedgerEntry.Bytes;
        _entries++;
    }

    public void Dispose() => _file?.Dispose();
}
