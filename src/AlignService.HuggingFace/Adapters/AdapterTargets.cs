using System.Text.RegularExpressions;
using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Adapters;

/// <summary>Which parts of a model an adapter's configuration selects. Reads only configurations, no tensors.</summary>
public static class AdapterTargets
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Checks that every target names a linear layer of the model.</summary>
    /// <exception cref="CheckpointException">One does not; the message lists the linear layers.</exception>
    public static void CheckTargets(TransformerConfig model, AdapterConfig config)
    {
        IReadOnlyList<LinearModule> modules = LinearModule.Of(model);
        Find(model, config);
        string[] idle = [.. config.TargetModules.Where(target => !modules.Any(Selector(target, config.TargetModules.Count)))];
        if (idle.Length > 0)
        {
            throw new CheckpointException($"target_modules: {string.Join(", ", idle)} matches no linear layer of the model. {Known(modules)}");
        }
    }

    /// <summary>Checks that every module to save is in the model.</summary>
    /// <exception cref="CheckpointException">One is not; the message lists the modules.</exception>
    public static void CheckSaved(TransformerConfig model, AdapterConfig config)
    {
        foreach (string module in config.ModulesToSave)
        {
            if (SavedParameters(model, config with { ModulesToSave = [module] }).Count == 0)
            {
                throw new CheckpointException($"modules_to_save: {module} matches no module of the model. Modules with weights: {string.Join(", ", ModuleEndings(model))}.");
            }
        }
    }

    /// <summary>The linear layers that get an A and a B.</summary>
    /// <exception cref="CheckpointException">There are none, or a target is a module that is not linear.</exception>
    internal static IReadOnlyList<LinearModule> Find(TransformerConfig model, AdapterConfig config)
    {
        IReadOnlyList<LinearModule> modules = LinearModule.Of(model);
        Func<LinearModule, bool>[] selectors = [.. config.TargetModules.Select(target => Selector(target, config.TargetModules.Count))];
        LinearModule[] found = [.. modules.Where(module => selectors.Any(select => select(module)))];
        string[] notLinear = [.. OtherModules(model, modules).Where(path => selectors.Any(select => select(new LinearModule(path, path, 0, 0, IsHead: true))))];
        if (notLinear.Length > 0)
        {
            throw new CheckpointException($"target_modules match {notLinear[0]}, which is not a linear layer: use modules_to_save to train an embedding or a norm in full. {Known(modules)}");
        }

        return found.Length > 0 ? found : throw new CheckpointException($"target_modules ({string.Join(", ", config.TargetModules)}) match no linear layer of the model. {Known(modules)}");
    }

    /// <summary>The parameters that are trained in full, a tied head's included: those of modules whose path ends with one to save, as PEFT matches it.</summary>
    internal static IReadOnlyList<ParameterSpec> SavedParameters(TransformerConfig model, AdapterConfig config)
    {
        IEnumerable<ParameterSpec> all = ParameterLayout.Of(model.Head == HeadKind.Tied ? model with { Head = HeadKind.Separate } : model);
        return [.. all.Where(spec => Ancestors(model.Names.ModulePath(ModuleOf(spec.Name)))
            .Any(path => config.ModulesToSave.Any(saved => path.EndsWith(saved, StringComparison.Ordinal))))];
    }

    /// <summary>The shortest list of names that selects the same layers: last parts of paths, or whole paths where those would select more.</summary>
    internal static IReadOnlyList<string> Endings(TransformerConfig model, AdapterConfig config)
    {
        IReadOnlyList<LinearModule> found = Find(model, config);
        string[] endings = [.. found.Select(module => module.Path[(module.Path.LastIndexOf('.') + 1)..]).Distinct().Order(StringComparer.Ordinal)];
        return Find(model, config with { TargetModules = endings }).Count == found.Count ? endings : [.. found.Select(module => module.Path)];
    }

    private static Func<LinearModule, bool> Selector(string target, int targetCount)
    {
        if (target == AdapterConfig.AllLinear)
        {
            return module => !module.IsHead;
        }

        if (targetCount > 1 || !target.Any(character => "*+?()[]{}|^$\\".Contains(character, StringComparison.Ordinal)))
        {
            return module => module.Path == target || module.Path.EndsWith($".{target}", StringComparison.Ordinal);
        }

        Regex pattern = Compile(target);
        return module => pattern.IsMatch(module.Path);
    }

    private static Regex Compile(string target)
    {
        try
        {
            return new Regex($@"\A(?:{target})\z", RegexOptions.CultureInvariant, PatternTimeout);
        }
        catch (ArgumentException fault)
        {
            throw new CheckpointException($"target_modules: \"{target}\" is not a regular expression: {fault.Message}", fault);
        }
    }

    /// <summary>Embeddings and norms.</summary>
    private static IEnumerable<string> OtherModules(TransformerConfig model, IReadOnlyList<LinearModule> linear)
    {
        HashSet<string> linearPaths = [.. linear.Select(module => module.Path)];
        return ParameterLayout.Of(model).Select(spec => model.Names.ModulePath(ModuleOf(spec.Name))).Distinct().Where(path => !linearPaths.Contains(path));
    }

    private static string ModuleOf(string parameter) => parameter[..parameter.LastIndexOf('.')];

    private static IEnumerable<string> Ancestors(string path)
    {
        for (string rest = path; ; rest = rest[..rest.LastIndexOf('.')])
        {
            yield return rest;
            if (!rest.Contains('.', StringComparison.Ordinal))
            {
                yield break;
            }
        }
    }

    private static string Known(IReadOnlyList<LinearModule> modules) => $"Linear layers: {string.Join(", ", modules.Select(module => WithoutLayer(module.Path)).Distinct())}; or {AdapterConfig.AllLinear}.";

    private static IEnumerable<string> ModuleEndings(TransformerConfig model) =>
        ParameterLayout.Of(model).Select(spec => WithoutLayer(model.Names.ModulePath(ModuleOf(spec.Name)))).Distinct();

    /// <summary>What follows the block's number.</summary>
    private static string WithoutLayer(string path)
    {
        string[] parts = path.Split('.');
        int number = Array.FindIndex(parts, part => part.All(char.IsAsciiDigit));
        return string.Join('.', parts[(number + 1)..]);
    }
}

/// <summary>A linear layer that an adapter can change.</summary>
/// <param name="Name">As in the checkpoint, without `.weight`.</param>
/// <param name="Path">In the whole causal model, as PEFT names it: the name with the prefix that some checkpoints leave out.</param>
/// <param name="Inputs">Width of its input.</param>
/// <param name="Outputs">Width of its output.</param>
/// <param name="IsHead">Whether it computes the logits.</param>
internal sealed record LinearModule(string Name, string Path, long Inputs, long Outputs, bool IsHead)
{
    /// <summary>All of a model, in the order of the forward pass; a tied head is a layer too.</summary>
    internal static IReadOnlyList<LinearModule> Of(TransformerConfig model)
    {
        IEnumerable<LinearModule> inBlocks = ParameterLayout.Of(model with { Head = HeadKind.None })
            .Where(spec => spec.Kind is ParameterKind.Projection or ParameterKind.ResidualProjection)
            .Select(spec => InBlock(model, spec));
        string head = model.Names.Head;
        return model.Head == HeadKind.None ? [.. inBlocks] : [.. inBlocks, new LinearModule(head, head, model.HiddenSize, model.VocabSize, IsHead: true)];
    }

    private static LinearModule InBlock(TransformerConfig model, ParameterSpec spec)
    {
        string name = spec.Name[..^".weight".Length];
        (long outputs, long inputs) = model.TransposedLinear ? (spec.Shape[1], spec.Shape[0]) : (spec.Shape[0], spec.Shape[1]);
        return new LinearModule(name, model.Names.ModulePath(name), inputs, outputs, IsHead: false);
    }
}
