using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture.Layers;
using AlignService.Model.Parameters;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>
/// A low-rank adapter over a base model (LoRA, arXiv:2106.09685): an A and a B for each targeted linear layer, and full copies of the modules to save. It is active while it is the model's
/// <see cref="Transformer.Adapter"/>; one base may have any number of adapters. Owns its tensors: float32, or float64 where the model computes in it.
/// </summary>
public sealed class LowRankAdapter : IDisposable
{
    private readonly Dictionary<string, LowRankUpdate> _updates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Parameter> _replacements = new(StringComparer.Ordinal);
    private readonly List<(string Name, Parameter Parameter)> _parameters = [];
    private readonly AdapterDropout _dropout;

    private LowRankAdapter(Transformer model, AdapterConfig config, bool trainable)
    {
        using var noGrad = no_grad();
        Config = config;
        _dropout = new AdapterDropout(config.Dropout);
        ScalarType dtype = model.Dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Parameter Add(string name, long[] shape)
        {
            Parameter parameter = (Parameter)new Parameter(zeros(shape, dtype, model.Device), trainable).DetachFromDisposeScope();
            _parameters.Add((name, parameter));
            return parameter;
        }

        AdapterLayout layout = AdapterLayout.For(model.Config, config);
        foreach (LinearModule module in layout.Modules)
        {
            Parameter down = Add(PeftNames.Down(module.Path), [config.Rank, module.Inputs]);
            Parameter up = Add(PeftNames.Up(module.Path), [module.Outputs, config.Rank]);
            _updates.Add(module.Name, new LowRankUpdate(down, up, config.Scaling, _dropout, module.Path));
        }

        foreach (ParameterSpec spec in layout.Saved)
        {
            _replacements.Add(spec.Name, Add(PeftNames.Whole(model.Config.Names.ModulePath(spec.Name)), spec.Shape));
        }
    }

    public AdapterConfig Config { get; }

    /// <summary>Key of the current training pass, which decides what dropout drops: equal keys, equal masks. null (the default): evaluation, without dropout.</summary>
    public ulong? PassKey
    {
        get => _dropout.PassKey;
        set => _dropout.PassKey = value;
    }

    /// <summary>A new adapter that changes nothing yet: A uniform within 1 / sqrt(inputs) (Kaiming with a = sqrt 5), B zero, modules to save as in the model.</summary>
    /// <param name="model">Borrowed; only what must be copied is read.</param>
    /// <param name="config">Which layers, and how.</param>
    /// <param name="seed">Seed of A's values, whose bits depend only on it and the layer's name.</param>
    /// <exception cref="CheckpointException">A target or a module to save is not in the model.</exception>
    public static LowRankAdapter Create(Transformer model, AdapterConfig config, ulong seed)
    {
        AdapterTargets.CheckTargets(model.Config, config);
        AdapterTargets.CheckSaved(model.Config, config);
        var adapter = new LowRankAdapter(model, config, trainable: true);
        using var noGrad = no_grad();
        foreach ((string name, LowRankUpdate update) in adapter._updates)
        {
            double bound = 1 / Math.Sqrt(update.Down.size(1));
            WeightInitializer.Fill(update.Down, new CounterUniform(seed, $"{name}.lora_A"), bound);
        }

        foreach ((string name, Parameter replacement) in adapter._replacements)
        {
            replacement.copy_(model.Parameters.Find(name) ?? model.HeadWeight);
        }

        return adapter;
    }

    /// <summary>An adapter of the given form, filled with zeros.</summary>
    internal static LowRankAdapter Allocate(Transformer model, AdapterConfig config, bool trainable) => new(model, config, trainable);

    /// <summary>All tensors by their names in adapter_model.safetensors.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters() => _parameters;

    /// <summary>A frozen copy with its own memory.</summary>
    /// <param name="model">A model that this adapter fits; borrowed.</param>
    public LowRankAdapter Freeze(Transformer model)
    {
        var copy = new LowRankAdapter(model, Config, trainable: false);
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Copies the values of another adapter of the same form.</summary>
    public void CopyFrom(LowRankAdapter other)
    {
        using var noGrad = no_grad();
        foreach (((_, Parameter target), (_, Parameter source)) in _parameters.Zip(other._parameters))
        {
            target.copy_(source);
        }
    }

    /// <summary>The update of the linear layer with this checkpoint name; null: none.</summary>
    internal LowRankUpdate? UpdateOf(string module) => _updates.GetValueOrDefault(module);

    /// <summary>The replacement for the parameter with this checkpoint name; null: none.</summary>
    internal Parameter? ReplacementOf(string parameter) => _replacements.GetValueOrDefault(parameter);

    /// <summary>Whether the adapter fits a model of this architecture: each tensor has the name and shape of an adapter made for it.</summary>
    internal bool Fits(TransformerConfig model)
    {
        Dictionary<string, LinearModule> modules = LinearModule.Of(model).ToDictionary(module => module.Name);
        Dictionary<string, ParameterSpec> saved = AdapterTargets.SavedParameters(model, Config).ToDictionary(spec => spec.Name);
        return _updates.All(entry => modules.TryGetValue(entry.Key, out LinearModule? module) && module.Inputs == entry.Value.Down.size(1) && module.Outputs == entry.Value.Up.size(0))
            && _replacements.All(entry => saved.TryGetValue(entry.Key, out ParameterSpec? spec) && spec.Shape.SequenceEqual(entry.Value.shape));
    }

    public void Dispose()
    {
        foreach ((_, Parameter parameter) in _parameters)
        {
            parameter.Dispose();
        }

        _parameters.Clear();
        _updates.Clear();
        _replacements.Clear();
    }
}

/// <summary>A model's parameters as the forward pass and the sampler see them with an active adapter; without one, the model's own.</summary>
internal sealed class AdaptedParameters(ParameterSet parameters, LowRankAdapter? adapter)
{
    /// <summary>A parameter that must exist.</summary>
    internal Parameter this[string name] => adapter?.ReplacementOf(name) ?? parameters[name];

    internal Parameter? Find(string name) => adapter?.ReplacementOf(name) ?? parameters.Find(name);

    /// <summary>The model's own parameter, ignoring the adapter.</summary>
    internal Parameter Original(string name) => parameters[name];

    /// <summary>The update of a linear layer; null: none.</summary>
    internal LowRankUpdate? UpdateOf(string module) => adapter?.UpdateOf(module);

    /// <summary>The memory that these layers share, if the adapter changes none of them.</summary>
    internal Tensor? FindStorage(string name, ReadOnlySpan<string> modules)
    {
        foreach (string module in modules)
        {
            if (adapter is not null && (adapter.UpdateOf(module) ?? (object?)adapter.ReplacementOf($"{module}.weight") ?? adapter.ReplacementOf($"{module}.bias")) is not null)
            {
                return null;
            }
        }

        return parameters.FindStorage(name);
    }
}
