using LlmObservability.Segments;

namespace LlmObservability.Tests.Segments;

public class SegmentPowerLossTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_durable_survives_a_loss_of_power_at_any_point()
    {
        for (var seed = 0; seed < Shares.PowerLosses; seed++)
        {
            try
            {
                await CheckAsync(new Random(seed));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }
        }
    }

    private static async Task CheckAsync(Random random)
    {
        var promised = new SortedSet<long>();
        using var rig = new SegmentRig(new FaultFiles(), random);
        for (var loss = 0; loss < 4; loss++)
        {
            rig.Files.OperationsLeft = random.Next(3, 200);
            try
            {
                await RunAsync(rig, promised, random);
            }
            catch (IOException)
            {
                // The power is gone, or an error came that was asked for: either way the process ends here.
            }

            rig.Close();
            rig.Files = rig.Files.AfterPowerLoss(random);
            rig.Open();
            var read = rig.ReadAll();
            promised.RemoveWhere(position => position < rig.Log.Start);
            promised.Except(read.Select(record => record.Position)).ShouldBeEmpty("a durable record is lost");
            rig.Events.Where(happened => happened is SegmentEvent.Quarantined or SegmentEvent.Gap).ShouldBeEmpty("a loss of power is no damage");
            rig.Close();
        }
    }

    private static async Task RunAsync(SegmentRig rig, SortedSet<long> promised, Random random)
    {
        while (true)
        {
            var log = rig.Open();
            var writer = log.OpenWriter();
            writer.FirstPosition.ShouldBeGreaterThan(rig.Given.Count == 0 ? 0 : rig.Given.Keys.Last(), "a position is given out again");
            using var reader = log.OpenReader();
            for (var step = random.Next(40); step > 0; step--)
            {
                await StepAsync(rig, log, writer, reader, random);
                for (var position = writer.FirstPosition; position <= writer.DurablePosition; position++)
                {
                    promised.Add(position);
                }
            }

            if (random.Next(2) == 0)
            {
                var lost = await writer.CloseAsync(Token);
                if (lost == 0)
                {
                    promised.UnionWith(rig.Given.Keys.Where(position => position >= writer.FirstPosition));
                }
            }

            rig.Close();
            rig.Files.Kill();
        }
    }

    private static async Task StepAsync(SegmentRig rig, SegmentDirectory log, SegmentWriter writer, SegmentReader reader, Random random)
    {
        for (var count = random.Next(6); count > 0; count--)
        {
            rig.Append(writer);
        }

        switch (random.Next(10))
        {
            case 0:
                rig.Files.FailingFlushes = 1;
                break;
            case 1:
                rig.Files.FailingWrites = 1;
                break;
            case 2:
                rig.ShouldBeWritten(rig.Read(reader));
                break;
            case 3 when rig.Given.Count > 0 && random.Next(3) == 0:
                // Acknowledged may be more than is durable.
                log.Acknowledge(Math.Max(log.Start, reader.Next) - 1);
                log.Save();
                break;
            case 4 when random.Next(4) == 0:
                log.Trim(random.Next(4000, 20_000), TimeSpan.MaxValue);
                break;
            default:
                break;
        }

        try
        {
            await writer.FlushAsync(random.Next(3) > 0, Token);
        }
        catch (IOException error) when (error is not PowerLostException)
        {
            // The next flush mends it.
        }
    }
}
