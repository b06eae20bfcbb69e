using System.Globalization;

namespace LlmObservability.Faults.Child;

/// <summary>What the program that watches says on standard input, a line each, and the answers on standard output.</summary>
internal sealed class ChildCommands(LlmObserver observer, Producers producers, Action stop)
{
    public ChildReport Report(double stopSeconds = 0) =>
        new() { Statistics = observer.GetStatistics(), Poisoned = producers.Poisoned, StopSeconds = stopSeconds };

    /// <summary>Ends the process at once when nobody watches any more.</summary>
    public async Task ListenAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["report"]:
                    Answer("report " + Report().ToText());
                    break;
                case ["pause"]:
                    producers.Pause(true);
                    Answer("paused");
                    break;
                case ["resume"]:
                    producers.Pause(false);
                    Answer("resumed");
                    break;
                case ["limit", var bytes]:
                    FileSizeLimit.Set(long.Parse(bytes, CultureInfo.InvariantCulture));
                    Answer("limited");
                    break;
                case ["stop"]:
                    stop();
                    break;
                default:
                    Answer("unknown " + line);
                    break;
            }
        }

        Environment.Exit(3);
    }

    public static void Answer(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
