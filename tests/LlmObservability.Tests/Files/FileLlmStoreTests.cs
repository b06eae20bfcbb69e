using LlmObservability.Files;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing.Stores;

namespace LlmObservability.Tests.Files;

/// <summary>The contract, over a directory on disk.</summary>
public sealed class FileLlmStoreTests : LlmStoreContract, IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("file-store-").FullName;
    private FileLlmStore? _store;

    protected override string Kind => "files";

    protected override ValueTask<(ILlmSink Sink, ILlmStore Store)> CreateAsync()
    {
        _store = new FileLlmStore(new FileLlmStoreOptions { Directory = Path.Combine(_directory, "calls") });
        return new((_store, _store));
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
