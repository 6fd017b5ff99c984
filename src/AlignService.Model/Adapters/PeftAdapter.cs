using System.Text;
using System.Text.Json;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Files;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Architecture;
using AlignService.Model.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Adapters;

/// <summary>Reads and writes adapters as PEFT directories: adapter_config.json and adapter_model.safetensors.</summary>
public static class PeftAdapter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads an adapter for a base model; activate it with <see cref="Transformer.Adapter"/>.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="model">The base; borrowed.</param>
    /// <param name="trainable">Whether its tensors have gradients.</param>
    /// <exception cref="CheckpointException">The adapter asks for something that is not supported, or does not fit the model: every tensor that is missing, unexpected, of a wrong shape or dtype is listed.</exception>
    public static LowRankAdapter Load(string directory, Transformer model, bool trainable)
    {
        AdapterConfig config = PeftConfig.Read(directory).Adapter;
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(directory, PeftDirectory.TensorsFile));
        PeftDirectory.CheckSizes(file, model.Config, config);
        LowRankAdapter adapter = LowRankAdapter.Allocate(model, config, trainable);
        try
        {
            Fill(adapter, file);
            RequireSameHead(model, file);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter, in float32, into a directory that holds none yet; every file is flushed to disk when this returns.</summary>
    /// <param name="adapter">Borrowed.</param>
    /// <param name="model">The configuration of its base.</param>
    /// <param name="baseModel">Where the base is, for readers of the adapter; null: not stated.</param>
    /// <param name="directory">Created if absent.</param>
    public static void Save(LowRankAdapter adapter, TransformerConfig model, string? baseModel, string directory)
    {
        Directory.CreateDirectory(directory);
        string json = new PeftConfig(adapter.Config, baseModel).Write(model).ToJsonString(Indented);
        ModelFiles.WriteThrough(Path.Combine(directory, PeftConfig.FileName), Encoding.UTF8.GetBytes(json + "\n"));
        TensorFile.Write(Path.Combine(directory, PeftDirectory.TensorsFile), adapter.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)));
    }

    private static void Fill(LowRankAdapter adapter, SafetensorsFile file)
    {
        using var noGrad = no_grad();
        var broken = new List<string>();
        foreach ((string name, Parameter parameter) in adapter.NamedParameters())
        {
            file.ReadInto(file.Tensors[name], parameter);
            if (!StoredTensors.IsFinite(parameter))
            {
                broken.Add(name);
            }
        }

        if (broken.Count > 0)
        {
            throw new CheckpointException($"{PeftDirectory.TensorsFile}: there are non-finite values (NaN or infinity) in {string.Join(", ", broken)}.");
        }
    }

    /// <summary>A head with a low-rank update is stored with a copy of the base's head, which must match this base.</summary>
    private static void RequireSameHead(Transformer model, SafetensorsFile file)
    {
        string name = PeftNames.Base(model.Config.Names.Head);
        if (!file.Tensors.TryGetValue(name, out StoredTensor? stored))
        {
            return;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor copy = empty_like(model.HeadWeight, requires_grad: false);
        file.ReadInto(stored, copy);
        if (copy.ne(model.HeadWeight).any().ToBoolean())
        {
            throw new CheckpointException($"{PeftDirectory.TensorsFile}: {name} differs from the head of this base, so the adapter was made for another base; use that one.");
        }
    }
}
