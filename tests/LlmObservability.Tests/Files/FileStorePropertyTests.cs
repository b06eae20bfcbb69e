using LlmObservability.Tests.Segments;

namespace LlmObservability.Tests.Files;

public sealed class FileStorePropertyTests
{
    [Fact]
    public async Task Whatever_happens_what_was_promised_is_there_within_the_bounds_and_nothing_is_there_twice()
    {
        for (var seed = 0; seed < Shares.FileStoreLives; seed++)
        {
            try
            {
                await using var model = new FileStoreModel(seed);
                await model.RunAsync();
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }
        }
    }
}
