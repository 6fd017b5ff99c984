using AlignService.Model.Architecture.Parameters;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AlignService.Model.Adapters;

/// <summary>A model's parameters as the forward pass and the sampler see them with an adapter switched on; without one, the model's own.</summary>
internal sealed class AdaptedParameters(ParameterSet parameters, LowRankAdapter? adapter)
{
    /// <summary>A parameter that must be there.</summary>
    internal Parameter this[string name] => adapter?.ReplacementOf(name) ?? parameters[name];

    internal Parameter? Find(string name) => adapter?.ReplacementOf(name) ?? parameters.Find(name);

    /// <summary>The model's own parameter, whatever the adapter says.</summary>
    internal Parameter Original(string name) => parameters[name];

    /// <summary>What is added to a linear layer; null: nothing.</summary>
    internal LowRankUpdate? UpdateOf(string module) => adapter?.UpdateOf(module);

    /// <summary>The memory that these layers share, as long as the adapter leaves all of them alone.</summary>
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
