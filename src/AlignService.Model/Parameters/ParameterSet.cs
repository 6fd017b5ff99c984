using AlignService.HuggingFace.Architecture;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AlignService.Model.Parameters;

/// <summary>The parameters of a model by their checkpoint names; owns their memory.</summary>
internal sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _storages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _masters = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    private ParameterSet()
    {
    }

    internal IEnumerable<(string Name, Parameter Parameter)> All => _order.Select(name => (name, _byName[name]));

    internal Parameter this[string name] => _byName[name];

    /// <summary>
    /// float32 values of trained bfloat16 parameters, by name. Training updates these and rounds them into the parameters, because 8 bits of precision would lose the small
    /// steps of an optimizer; files are written from them.
    /// </summary>
    internal IReadOnlyDictionary<string, Tensor> Masters => _masters;

    /// <summary>The parameter's value in full precision.</summary>
    internal Tensor Exact(string name) => _masters.GetValueOrDefault(name) ?? _byName[name];

    /// <summary>Allocates the given parameters; their values are undefined until filled.</summary>
    /// <param name="specs">The parameters.</param>
    /// <param name="dtypeOf">The dtype of each; the same for all of one storage.</param>
    /// <param name="device">The device.</param>
    /// <param name="trainable">Whether they have gradients.</param>
    internal static ParameterSet Allocate(IReadOnlyList<ParameterSpec> specs, Func<ParameterSpec, ScalarType> dtypeOf, Device device, bool trainable)
    {
        using var noGrad = no_grad();
        var set = new ParameterSet();
        var free = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (IGrouping<string?, ParameterSpec> group in specs.GroupBy(spec => spec.Storage).Where(group => group.Key is not null))
        {
            long[] shape = [group.Sum(spec => spec.Shape[0]), .. group.First().Shape[1..]];
            set._storages[group.Key!] = empty(shape, dtypeOf(group.First()), device).DetachFromDisposeScope(); // groups without a key are left out above
            free[group.Key!] = 0;
        }

        foreach (ParameterSpec spec in specs)
        {
            if (spec.Storage is null)
            {
                set.Add(spec.Name, empty(spec.Shape, dtypeOf(spec), device), trainable);
                continue;
            }

            using Tensor rows = set._storages[spec.Storage].narrow(0, free[spec.Storage], spec.Shape[0]);
            free[spec.Storage] += spec.Shape[0];
            set.Add(spec.Name, rows.detach(), trainable);
        }

        return set;
    }

    /// <summary>Rounds the masters into their parameters.</summary>
    internal void TakeMasters()
    {
        using var noGrad = no_grad();
        foreach ((string name, Tensor master) in _masters)
        {
            _byName[name].copy_(master);
        }
    }

    internal Parameter? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The block of memory that several parameters share; null where there is none.</summary>
    internal Tensor? FindStorage(string name) => _storages.GetValueOrDefault(name);

    /// <summary>Adds a parameter; the set takes ownership of its data.</summary>
    internal void Add(string name, Tensor data, bool trainable)
    {
        var parameter = (Parameter)new Parameter(data, trainable).DetachFromDisposeScope();
        _byName.Add(name, parameter);
        if (trainable && parameter.dtype == ScalarType.BFloat16)
        {
            using Tensor detached = parameter.detach();
            _masters.Add(name, detached.to(ScalarType.Float32).DetachFromDisposeScope());
        }

        _order.Add(name);
    }

    /// <summary>Removes and frees a parameter, if it exists.</summary>
    internal void Remove(string name)
    {
        if (_byName.Remove(name, out Parameter? parameter))
        {
            _order.Remove(name);
            parameter.Dispose();
            if (_masters.Remove(name, out Tensor? master))
            {
                master.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _byName.Values.Concat(_storages.Values).Concat(_masters.Values))
        {
            tensor.Dispose();
        }

        _byName.Clear();
        _storages.Clear();
        _masters.Clear();
        _order.Clear();
    }
}
