using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Ports;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Runs;

/// <summary>Resolves a job's models to directories.</summary>
/// <param name="checkpoints">Those of other jobs.</param>
/// <param name="policy">Where jobs may read, and where models/{model} is found.</param>
public sealed class ModelDirectories(ICheckpointStore checkpoints, FilePolicy policy)
{
    /// <summary>As the jobs of a project resolve them.</summary>
    public ModelDirectories Of(ProjectId project) => new(checkpoints, policy.Of(project));

    /// <param name="reference">A directory, models/{model}, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.</param>
    /// <exception cref="CheckpointException">The directory or checkpoint does not exist, is damaged, or is where jobs may not read.</exception>
    public string Resolve(string reference) => Resolve(reference, static _ => { });

    /// <param name="reference">A directory, models/{model}, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.</param>
    /// <param name="warn">Receives what a user must know: a damaged checkpoint was passed over.</param>
    /// <param name="withBase">Where it holds an adapter, its base is used too, and held to the same.</param>
    /// <exception cref="CheckpointException">The directory or checkpoint does not exist, is damaged, or is where jobs may not read.</exception>
    public string Resolve(string reference, Action<string> warn, bool withBase = true)
    {
        ModelReference model = ModelReference.Parse(reference);
        if (model is { JobId: { } job, CheckpointName: { } name })
        {
            FoundCheckpoint found = checkpoints.Find(job, name);
            foreach (string warning in found.Warnings)
            {
                warn(warning);
            }

            ModelAccess.Require(reference, found.Directory, policy, withBase);
            if (withBase)
            {
                ModelIntegrity.CheckBase(found.Directory, CancellationToken.None);
            }

            return found.Directory;
        }

        string named = policy.ModelDirectory(reference), directory = Path.GetFullPath(named);
        ModelAccess.Require(reference, named, policy, withBase);
        ModelIntegrity.CheckOne(directory, CancellationToken.None);
        if (withBase)
        {
            ModelIntegrity.CheckBase(directory, CancellationToken.None);
        }

        return directory;
    }
}
