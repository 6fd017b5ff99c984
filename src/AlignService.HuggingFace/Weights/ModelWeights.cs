using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Weights;

/// <summary>The parameters of a model directory, an adapter merged into those of its base, row by row and without libtorch.</summary>
internal sealed class ModelWeights : IDisposable
{
    private readonly SafetensorsDirectory _files;
    private readonly AdapterWeights? _adapter;

    private ModelWeights(ModelDescription description, TransformerConfig config, SafetensorsDirectory files, AdapterWeights? adapter)
    {
        (_files, _adapter) = (files, adapter);
        (Description, Config) = (description, config);
        Parameters = IsRewardModel ? ParameterLayout.OfRewardModel(config) : ParameterLayout.Of(config);
    }

    /// <summary>Of the base.</summary>
    internal ModelDescription Description { get; }

    /// <summary>With the tensor names of the files.</summary>
    internal TransformerConfig Config { get; }

    internal bool IsRewardModel => Description.IsClassifier;

    /// <summary>In the order of the forward pass; a head that is the embedding is not among them.</summary>
    internal IReadOnlyList<ParameterSpec> Parameters { get; }

    /// <exception cref="CheckpointException">Base or adapter cannot be used, or do not fit each other.</exception>
    internal static ModelWeights Open(AdaptedModel model)
    {
        ModelDescription description = ModelDescription.Read(model.BaseDirectory);
        var files = SafetensorsDirectory.Open(model.BaseDirectory);
        AdapterWeights? adapter = null;
        try
        {
            TransformerConfig config = HuggingFaceDirectory.WithNamesOf(description.Config, files);
            adapter = model.AdapterDirectory is { } directory ? AdapterWeights.Open(directory, config, files) : null;
            var weights = new ModelWeights(description, config, files, adapter);
            WeightFit.Check(files, weights.Parameters);
            return weights;
        }
        catch
        {
            adapter?.Dispose();
            files.Dispose();
            throw;
        }
    }

    /// <summary>The values of a parameter; read by one thread at a time.</summary>
    internal WeightRows Rows(string name)
    {
        WeightRows stored = Stored(name);
        return _adapter?.Apply(name, stored) ?? stored;
    }

    /// <summary>The number format that a parameter of the base is stored in.</summary>
    internal StoredDtype DtypeOf(string name) => _files.TryGet(name, out _, out StoredTensor tensor) ? tensor.Dtype : StoredDtype.Float32;

    public void Dispose()
    {
        _adapter?.Dispose();
        _files.Dispose();
    }

    private StoredRows Stored(string name) =>
        _files.TryGet(name, out SafetensorsFile file, out StoredTensor tensor) ? new StoredRows(file, tensor) : throw new InvalidOperationException($"{name} is not in the files, which were checked.");
}

/// <summary>An adapter's tensors, by the parameters of the base that they change.</summary>
internal sealed class AdapterWeights : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly AdapterConfig _config;
    private readonly TransformerConfig _model;
    private readonly Dictionary<string, LinearModule> _modules;
    private readonly HashSet<string> _saved;

    private AdapterWeights(SafetensorsFile file, AdapterConfig config, TransformerConfig model)
    {
        (_file, _config, _model) = (file, config, model);
        AdapterLayout layout = AdapterLayout.For(model, config);
        _modules = layout.Modules.ToDictionary(module => $"{module.Name}.weight");
        _saved = [.. layout.Saved.Select(spec => spec.Name)];
    }

    /// <exception cref="CheckpointException">The adapter does not fit the model, or belongs to another base.</exception>
    internal static AdapterWeights Open(string directory, TransformerConfig model, SafetensorsDirectory baseFiles)
    {
        AdapterConfig config = PeftConfig.Read(directory).Adapter;
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, PeftDirectory.TensorsFile));
        try
        {
            PeftDirectory.CheckSizes(file, model, config);
            var adapter = new AdapterWeights(file, config, model);
            adapter.RefuseTiedHead();
            adapter.RequireSameHead(baseFiles);
            return adapter;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The parameter with what the adapter does to it.</summary>
    internal WeightRows Apply(string name, WeightRows stored)
    {
        if (_saved.Contains(name))
        {
            return Of(PeftNames.Whole(_model.Names.ModulePath(name)));
        }

        return _modules.TryGetValue(name, out LinearModule? module)
            ? new AdaptedRows(stored, new LowRankFactors(Of(PeftNames.Down(module.Path)), Of(PeftNames.Up(module.Path)), _config, _model.TransposedLinear && !module.IsHead))
            : stored;
    }

    public void Dispose() => _file.Dispose();

    private StoredRows Of(string name) => new(_file, _file.Tensors[name]);

    private void RefuseTiedHead()
    {
        bool changes = _modules.Values.Any(module => module.IsHead)
            || _saved.Contains($"{_model.Names.Head}.weight") || _saved.Contains($"{_model.Names.Embedding}.weight");
        if (_model.Head == HeadKind.Tied && changes)
        {
            throw new CheckpointException(
                "The adapter changes the head or the embedding of a model that uses one matrix for both (tie_word_embeddings): the merged model would need two. Leave the head and the embedding out of the adapter.");
        }
    }

    /// <summary>A head with a low-rank update is stored with a copy of the base's head, which must be this base's.</summary>
    private void RequireSameHead(SafetensorsDirectory baseFiles)
    {
        string name = PeftNames.Base(_model.Names.Head);
        if (!_file.Tensors.ContainsKey(name) || !baseFiles.TryGet($"{_model.Names.Head}.weight", out SafetensorsFile file, out StoredTensor head))
        {
            return;
        }

        WeightRows copy = Of(name), own = new StoredRows(file, head);
        float[] first = new float[copy.ColumnCount], second = new float[own.ColumnCount];
        for (long row = 0; row < Math.Min(copy.RowCount, own.RowCount); row++)
        {
            copy.Read(row, first);
            own.Read(row, second);
            if (!first.AsSpan().SequenceEqual(second))
            {
                throw new CheckpointException($"{PeftDirectory.TensorsFile}: {name} differs from the base's {_model.Names.Head}.weight, so the adapter belongs to another base.");
            }
        }
    }
}
