using System.Globalization;

namespace Replay;

/// <summary>A bar on stderr, redrawn at most ten times a second; nothing at all when nobody watches. Thread-safe.</summary>
internal sealed class ProgressBar(ReplayConsole console, long total) : IDisposable
{
    private const int Width = 30;
    private const int RedrawMilliseconds = 100;
    private readonly Lock _lock = new();
    private long _drawnAt = long.MinValue / 2;
    private bool _drawn;

    public void Report(long done)
    {
        if (!console.Interactive || Environment.TickCount64 - Volatile.Read(ref _drawnAt) < RedrawMilliseconds)
        {
            return;
        }

        lock (_lock)
        {
            _drawn = true;
            Volatile.Write(ref _drawnAt, Environment.TickCount64);
            var filled = (int)Math.Min(Width, done * Width / total);
            console.Error.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"\r[{new string('#', filled)}{new string('.', Width - filled)}] {done:N0} of {total:N0} calls"));
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_drawn)
        {
            console.Error.Write($"\r{new string(' ', Width + 40)}\r");
        }
    }
}
