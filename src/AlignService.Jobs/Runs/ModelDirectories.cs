using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Ports;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Runs;

/// <summary>Resolves a job's models to directories.</summary>
/// <param name="checkpoints">Those of other jobs.</param>
/// <param name="policy">Where jobs may read.</param>
public sealed class ModelDirectories(ICheckpointStore checkpoints, FilePolicy policy)
{
    /// <param name="reference">A directory, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.</param>
    /// <exception cref="CheckpointException">The directory or checkpoint does not exist, is damaged, or is where jobs may not read.</exception>
    public string Resolve(string reference) => Resolve(reference, static _ => { });

    /// <param name="reference">A directory, or jobs/{job}/checkpoints/{step-NNNNNN, last or best}.</param>
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

            ModelAccess.Require(found.Directory, policy, withBase);
            if (withBase)
            {
                ModelIntegrity.CheckBase(found.Directory, CancellationToken.None);
            }

            return found.Directory;
        }

        string directory = Path.GetFullPath(reference);
        ModelAccess.Require(reference, policy, withBase);
        ModelIntegrity.CheckOne(directory, CancellationToken.None);
        if (withBase)
        {
            ModelIntegrity.CheckBase(directory, CancellationToken.None);
        }

        return directory;
    }
}
