using AlignService.Server.Hosting;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;

namespace AlignService.Server.Models;

/// <summary>Finds the models that calls name as jobs do: those that the server keeps, checkpoints of jobs, and directories that jobs may read.</summary>
internal sealed class NamedModels(ModelPlaces places, HostSettings settings, FilePolicy policy)
{
    /// <returns>Its name, of an alias the one that it stands for, and its directory.</returns>
    /// <param name="model">As given.</param>
    /// <param name="field">Where it was given.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="AlignException">There is no such model, or it may not be read.</exception>
    public async Task<(string Name, string Directory)> FindAsync(string model, string field, CancellationToken cancellationToken)
    {
        if (ModelReference.IsName(model))
        {
            FoundModel found = await places.FindAsync(model, field, cancellationToken);
            return (found.Name, found.Directory);
        }

        string directory = model.Contains('\0', StringComparison.Ordinal) ? model : Path.GetFullPath(model, settings.FullData);
        return ModelAccess.FindFault(directory, policy) is { } fault ? throw new InvalidRequestException(field, fault.Message) : (model, directory);
    }
}
