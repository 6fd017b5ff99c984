using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>Bounds of an adapter's settings, and whether it fits its base, by JSON files and headers of weights alone.</summary>
internal static class AdapterRules
{
    /// <summary>The width of the widest models there are: a factor of a higher rank is larger than the layer that it stands for.</summary>
    private const int MaxRank = 16_384;

    /// <param name="job">Whose configuration may have an adapter.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="path">Of the job; the adapter stands below it.</param>
    public static void Check(GrpoJob job, FaultList faults, string path)
    {
        GrpoConfig config = job.Config;
        if (config.Adapter is not { } adapter)
        {
            return;
        }

        Check(adapter, job.Checkpoint, faults, path);
        if (config.ReferenceSyncSteps is not > 0 || !config.NeedsReference)
        {
            return;
        }

        if (job.ReferenceModel is not null)
        {
            faults.Add($"{path}.algorithm.reference_sync_steps", "an adapter is trained, and reference_model has weights of its own that no adapter can refresh; leave one of the two out.");
        }
        else if (config.ReferenceSyncAlpha != 1)
        {
            faults.Add(
                $"{path}.algorithm.reference_sync_alpha",
                $"it is {config.ReferenceSyncAlpha}; the reference of an adapter is a copy of it, and a mean of two adapters' factors is no mean of their weights, so it must be 1.");
        }
    }

    /// <summary>What holds for every kind of job that trains an adapter.</summary>
    /// <param name="adapter">The settings.</param>
    /// <param name="checkpoint">The job's.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="path">Of the job.</param>
    public static void Check(PolicyAdapterConfig adapter, CheckpointPolicy checkpoint, FaultList faults, string path)
    {
        CheckForm(adapter, faults, $"{path}.adapter");
        if (checkpoint.SaveDtype == SaveDtype.BF16)
        {
            faults.Add($"{path}.checkpoint.save_dtype", "it is bf16, but a checkpoint holds the adapter alone, which is small and always written in float32; leave save_dtype out.");
        }
    }

    /// <summary>Bounds of the settings themselves.</summary>
    public static void CheckForm(PolicyAdapterConfig adapter, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, path);
        range.Within("rank", adapter.Form.Rank, 1, MaxRank);
        range.Positive("alpha", adapter.Form.Alpha);
        range.BelowOne("dropout", adapter.Form.Dropout);
        CheckNames(adapter.Form.TargetModules, "target_modules", range);
        CheckNames(adapter.Form.ModulesToSave, "modules_to_save", range);
        if (adapter.Directory is not null && !IsDefault(adapter.Form))
        {
            range.Add("directory", $"it goes on from {adapter.Directory}, in that adapter's form; leave rank, alpha, dropout, target_modules, rank_stabilized and modules_to_save out.");
        }
    }

    /// <summary>Whether the adapter fits the model that it is for.</summary>
    /// <param name="model">The job's model.</param>
    /// <param name="adapter">Its settings.</param>
    /// <param name="start">Where the adapter to go on from is; null: a new one, or not to be looked at yet.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="path">Of the job.</param>
    public static void CheckFit(ModelFolder model, PolicyAdapterConfig adapter, string? start, FaultList faults, string path)
    {
        if (model.IsAdapter)
        {
            faults.Add($"{path}.model", $"it is an adapter over {model.Directory}, and an adapter is trained over a whole model; name the base as model, and the adapter as adapter.directory to go on from it.");
            return;
        }

        TransformerConfig config = HuggingFaceDirectory.ReadConfig(model.Directory);
        if (adapter.Directory is null)
        {
            Try("target_modules", () => AdapterTargets.CheckTargets(config, adapter.Form));
            Try("modules_to_save", () => AdapterTargets.CheckSaved(config, adapter.Form));
        }
        else if (start is not null)
        {
            Try("directory", () => PeftDirectory.Check(start, config));
            WarnOfOtherBase(start, model, faults, $"{path}.adapter.directory");
        }

        void Try(string field, Action check)
        {
            try
            {
                check();
            }
            catch (CheckpointException fault)
            {
                faults.Add($"{path}.adapter.{field}", fault.Message);
            }
        }
    }

    private static void WarnOfOtherBase(string start, ModelFolder model, FaultList faults, string field)
    {
        if (!faults.HasFaultAt(field) && PeftConfig.Read(start).BaseModel is { } named && Path.GetFullPath(named, Path.GetFullPath(start)) is { } found && found != Path.GetFullPath(model.Directory))
        {
            faults.Warn(field, $"the adapter says that its base is {named}, and the job's model is {model.Directory}; over other weights than those it was trained on it means something else.");
        }
    }

    private static void CheckNames(IReadOnlyList<string> names, string field, RangeCheck range)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0)
            {
                range.Add($"{field}[{i}]", "it is empty; name a module, or leave it out.");
            }
        }
    }

    private static bool IsDefault(AdapterConfig form)
    {
        var defaults = new AdapterConfig();
        return form.TargetModules.SequenceEqual(defaults.TargetModules) && form.ModulesToSave.Count == 0
            && form with { TargetModules = defaults.TargetModules, ModulesToSave = defaults.ModulesToSave } == defaults;
    }
}
