using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Segments;

namespace LlmObservability.Tests.Spool;

/// <summary>Random lives of processes over one disk and one store: outages, lost answers, failing disks, kills, losses of power, stops.</summary>
public sealed class SpoolLifeTests
{
    private const int Lives = 5;

    public static TheoryData<LlmDurability, int> Seeds
    {
        get
        {
            var data = new TheoryData<LlmDurability, int>();
            foreach (var mode in Enum.GetValues<LlmDurability>())
            {
                for (var seed = 0; seed < 8; seed++)
                {
                    data.Add(mode, seed);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task What_is_lost_is_what_the_mode_allows_and_nothing_is_there_twice(LlmDurability mode, int seed)
    {
        var random = new Random(seed);
        await using var rig = new SpoolRig(o =>
        {
            o.MaxBatchItems = random.Next(1, 20);
            o.MaxQueueItems = 100_000;
            o.SpillAfter = TimeSpan.FromMilliseconds(10);
            o.CommitTimeout = TimeSpan.FromMilliseconds(50);
            o.ShutdownTimeout = TimeSpan.FromSeconds(1);
        });
        var (lost, counted) = (0, 0L);
        var script = new System.Text.StringBuilder();
        for (var life = 0; life < Lives; life++)
        {
            var before = rig.Promised.Count;
            rig.Start(mode);
            for (var step = 0; step < 8; step++)
            {
                script.Append(await StepAsync(rig, random)).Append(' ');
            }

            var end = random.Next(3);
            script.Append($"=> {end} promised {rig.Promised.Count - before}; ");
            if (end == 0)
            {
                rig.Files.IsReadOnly = false;
                await rig.StopAsync();
                counted += rig.Observer.GetStatistics().Dropped;
                continue;
            }

            rig.Files = end == 1 ? rig.Files.AfterKill() : rig.Files.AfterPowerLoss(random);
            rig.Observer.Dispose();
            // What the dead process still had under way ends before anybody counts.
            await rig.Observer.StopAsync(TestContext.Current.CancellationToken);
            lost += await LostAsync(rig, mode, before);
        }

        rig.Reach();
        rig.Files.FailingFlushes = 0;
        rig.Start(mode == LlmDurability.Memory ? LlmDurability.Spill : mode);
        await rig.FlushAsync();
        await Eventually.Is(() => rig.Spool is { Records: 0, Bytes: > 0 }, "the spool is empty");
        var stored = await rig.StoredAsync();
        stored.ShouldBeUnique();
        stored.ShouldBeSubsetOf(rig.Promised);
        // An answer that was lost may be of records that are there, so that some count twice, but none is unaccounted for.
        (stored.Count + lost + counted).ShouldBeGreaterThanOrEqualTo(rig.Promised.Count, script.ToString());
        if (mode != LlmDurability.Memory)
        {
            counted.ShouldBe(0);
        }
    }

    /// <summary>What a process that died took with it: the last of its calls, and none before one that is there.</summary>
    private static async Task<int> LostAsync(SpoolRig rig, LlmDurability mode, int before)
    {
        var next = new SpoolRig(o => o.MaxQueueItems = 100_000) { Files = new FaultFiles(rig.Files.Contents) };
        next.Start(mode == LlmDurability.Memory ? LlmDurability.Spill : mode, o => o.MaxRetryDelay = TimeSpan.FromMilliseconds(5));
        await using (next)
        {
            // A store of its own takes what the disk has, to be looked at.
            await next.FlushAsync();
            await Eventually.Is(() => next.Spool is { Records: 0, Bytes: > 0 }, "all that is on disk was read");
            var there = (await next.StoredAsync()).Concat(await rig.StoredAsync()).ToHashSet();
            var flags = rig.Promised.Skip(before).Select(there.Contains).ToList();
            var kept = flags.Count(is_ => is_);
            if (mode is LlmDurability.WriteAheadSynchronous)
            {
                (flags.Count - kept).ShouldBeLessThanOrEqualTo((int)rig.Observer.GetStatistics().CommitTimeouts, "a call returned with its record on disk");
            }

            if (mode is LlmDurability.WriteAhead or LlmDurability.WriteAheadSynchronous)
            {
                flags.Take(kept).ShouldAllBe(is_ => is_, "only the last are lost");
            }

            return flags.Count - kept;
        }
    }

    private static async Task<string> StepAsync(SpoolRig rig, Random random)
    {
        var step = random.Next(7);
        switch (step)
        {
            case 0:
                rig.Cut();
                break;
            case 1:
                rig.Reach();
                break;
            case 2:
                rig.Gate.BeforeWrite = async (batch, token) =>
                {
                    await rig.Store.WriteAsync(batch, token);
                    throw new LlmSinkException("The answer to the commit is lost.");
                };
                break;
            case 3:
                rig.Files.FailingFlushes = random.Next(1, 3);
                break;
            case 4:
                await Task.Yield();
                break;
            default:
                await rig.CallAsync(random.Next(1, 60));
                break;
        }

        return step switch { 0 => "cut", 1 => "reach", 2 => "lose answers", 3 => "failing flushes", 4 => "yield", _ => "call" };
    }
}
