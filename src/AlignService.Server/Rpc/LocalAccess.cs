using AlignService.Server.Hosting;
using AlignService.Server.Mapping;
using AlignService.Store;
using AlignService.Store.Access;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>Keys made by whoever may open the store itself: how the first one comes about.</summary>
public static class LocalAccess
{
    /// <summary>Opens the store of these settings, brings its schema up to date, and adds a key and, where it names one, its project. The answer is that of CreateApiKey.</summary>
    public static async Task<Wire.CreateApiKeyResponse> CreateKeyAsync(HostSettings settings, NewApiKey key, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(settings.FullData);
        await using JobStore store = StoreFactory.Open(StoreSetup.ConnectionOf(settings), TimeProvider.System);
        await store.MigrateAsync(cancellationToken);
        if (key.Project is { } project)
        {
            await store.Access.CreateProjectAsync(project, cancellationToken);
        }

        (ApiKey created, ApiKeySecret secret) = await store.Access.CreateKeyAsync(key, cancellationToken);
        return AccessMapper.Write(created, secret);
    }
}
