using System.Text.Json;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Inspection;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;

namespace AlignService.Server.Models;

/// <summary>Decides which imports become models and which models may go: an adapter is kept only with its base.</summary>
internal sealed class ModelImports(IJobSources jobs) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public void Dispose() => _turn.Dispose();

    /// <summary>Checks a complete import and makes it a model. One that can never be used is dropped.</summary>
    /// <exception cref="InvalidRequestException">It is not a model that this program can use.</exception>
    public async Task<StoredResource> PublishAsync(ResourceStore models, UploadWriter import, CancellationToken cancellationToken)
    {
        import.RequireComplete();
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return models.Publish(import, Check(models, import.Upload));
        }
        catch (InvalidRequestException)
        {
            models.Discard(import);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <exception cref="ResourceNotFoundException">There is no such model.</exception>
    /// <exception cref="ResourceInUseException">A job or an adapter needs it.</exception>
    public async Task RemoveAsync(ResourceStore models, StoredName name, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            StoredResource model = models.Get(name);
            if (model.Facts is null)
            {
                throw new ResourceInUseException(name, name.ResourceName, $"{name} is a directory that an operator put there, not an import; it can be removed only on the server.");
            }

            if (models.List().FirstOrDefault(other => other.Name != name && IsBasedOn(models.Root, other, name)) is { } adapter)
            {
                throw new ResourceInUseException(name, adapter.Name.ResourceName, $"{adapter.Name} is an adapter over {name}; delete it first.");
            }

            await jobs.RemoveUnusedAsync(models.Root.Project, name, model.Directory, () => models.Remove(name), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static ResourceFacts Check(ResourceStore models, Upload import)
    {
        ModelReport report;
        try
        {
            report = ModelInspector.Inspect(import.Directory);
            RequireBase(models, report, import);
        }
        catch (CheckpointException fault)
        {
            throw new InvalidRequestException("files", Told(fault.Message, import));
        }

        return report.IsUsable
            ? new ResourceFacts(KindName(report.Kind), report.ParameterCount)
            : throw new InvalidRequestException([.. report.Findings.Where(finding => finding.IsFault).Select(finding => new Violation("files", ViolationCode.Invalid, Told($"{finding.Code}: {finding.Message}", import)))]);
    }

    /// <exception cref="CheckpointException">It is an adapter whose base the server does not keep.</exception>
    private static void RequireBase(ResourceStore models, ModelReport report, Upload import)
    {
        if (report.Adapter is { } adapter && (BaseOf(models.Root, adapter, import.Directory) is not { } name || models.Find(name) is null))
        {
            throw new CheckpointException(
                $"it is an adapter over \"{adapter.BaseModel}\", which is not a model here; import the base first, and write \"../\" and its id as base_model_name_or_path in adapter_config.json (`align models push --base models/ID` does that).");
        }
    }

    private static bool IsBasedOn(DataRoot data, StoredResource adapter, StoredName name)
    {
        try
        {
            return PeftDirectory.IsAdapter(adapter.Directory) && BaseOf(data, PeftConfig.Read(adapter.Directory), adapter.Directory) == name;
        }
        catch (Exception unreadable) when (unreadable is CheckpointException or IOException or UnauthorizedAccessException)
        {
            return false; // an operator put it there, or it was deleted just now
        }
    }

    /// <summary>The model that an adapter names; null where it names something else. An import lies beside the models already.</summary>
    private static StoredName? BaseOf(DataRoot data, PeftConfig adapter, string directory) =>
        adapter.BaseModel is { } named && Path.TrimEndingDirectorySeparator(Path.GetFullPath(named, directory)) is var place && data.Find(place) is { } name && data.PathOf(name) == place ? name : null;

    /// <summary>Without the server's paths.</summary>
    private static string Told(string message, Upload import) =>
        message.Replace(import.Directory + Path.DirectorySeparatorChar, "", StringComparison.Ordinal).Replace(import.Directory, import.Name.Resource.ResourceName, StringComparison.Ordinal);

    internal static string KindName(ModelKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
