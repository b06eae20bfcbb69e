using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace LlmObservability.Tags;

/// <summary>
/// HMAC-SHA256 of user ids, the first 16 bytes in hex. Remembers the ids seen last in two generations, so that the memory
/// is bounded and no lock is taken. Thread-safe.
/// </summary>
internal sealed class UserIdHasher
{
    private const int HashBytes = 16;

    private readonly byte[] _key;
    private readonly int _generationSize;
    private ConcurrentDictionary<string, string> _young = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, string> _old = new(StringComparer.Ordinal);
    private int _youngCount;

    public UserIdHasher(string key, int cacheSize)
    {
        _key = Encoding.UTF8.GetBytes(key);
        _generationSize = cacheSize / 2;
    }

    public string Hash(string userId)
    {
        if (_young.TryGetValue(userId, out var hash))
        {
            return hash;
        }

        hash = _old.TryGetValue(userId, out var known) ? known : Compute(userId);
        Remember(userId, hash);
        return hash;
    }

    private string Compute(string userId)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(userId), mac);
        return Convert.ToHexString(mac[..HashBytes]).ToLowerInvariant();
    }

    private void Remember(string userId, string hash)
    {
        if (_generationSize == 0 || !_young.TryAdd(userId, hash) || Interlocked.Increment(ref _youngCount) < _generationSize)
        {
            return;
        }

        // Two callers may turn the generation at once; the worst that happens is that some ids are hashed again.
        Volatile.Write(ref _old, _young);
        Volatile.Write(ref _young, new ConcurrentDictionary<string, string>(StringComparer.Ordinal));
        Interlocked.Exchange(ref _youngCount, 0);
    }
}
