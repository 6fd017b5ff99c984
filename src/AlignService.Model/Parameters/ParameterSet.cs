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
    /// float32 values of trained bfloat16 parameters, by name. Training moves these and rounds them into the parameters, because a parameter of 8 bits would not move by the small
    /// steps of an optimiser; files are written from them.
    /// </summary>
    internal IReadOnlyDictionary<string, Tensor> Masters => _masters;

    /// <summary>The parameter's value in the precision that it is known in.</summary>
    internal Tensor Exact(string name) => _masters.GetValueOrDefault(name) ?? _byName[name];

    /// <summary>Memory for the given parameters; the values are undefined until they are filled.</summary>
    /// <param name="specs">Which.</param>
    /// <param name="dtypeOf">What each is held in; the same for all of one storage.</param>
    /// <param name="device">Where.</param>
    /// <param name="trainable">Whether they take gradients.</param>
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

    /// <summary>The one block of memory that several parameters share, changing as they change; null where there is none.</summary>
    internal Tensor? FindStorage(string name) => _storages.GetValueOrDefault(name);

    /// <summary>Adds a parameter; its data become the set's own.</summary>
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

    /// <summary>Takes a parameter out, if it is there, and frees it.</summary>
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
