using System.Runtime.InteropServices;
using LlmObservability.Faults.Child;

namespace LlmObservability.Faults.Harness;

/// <summary>Reads what children were promised.</summary>
internal static class Ledger
{
    /// <summary>How many entries there are by now; cheap.</summary>
    public static long Count(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*.ledger", SearchOption.AllDirectories).Sum(file => file.Length / LedgerEntry.Bytes);

    public static List<LedgerEntry> Read(string folder)
    {
        List<LedgerEntry> entries = [];
        foreach (var file in Directory.EnumerateFiles(folder, "*.ledger", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(file);
            foreach (var entry in MemoryMarshal.Cast<byte, LedgerEntry>(bytes.AsSpan(0, bytes.Length / LedgerEntry.Bytes * LedgerEntry.Bytes)))
            {
                // The last one of a process that was killed may be torn, and was then not told to anybody.
                if (entry.Check == LedgerEntry.Whole)
                {
                    entries.Add(entry);
                }
            }
        }

        return entries;
    }
}
