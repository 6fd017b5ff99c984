using System.Collections;
using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Native;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace AlignService.Cli.Conversion.Weights;

/// <summary>
/// Turns files of torch.save into safetensors, one into one, with the bytes of each number as they are. Runs in a process of its own: TorchSharp.PyBridge, which reads the numbers,
/// gets to see a file only when <see cref="TorchFile"/> has understood all of it, and what it reads is held against that.
/// </summary>
internal static class WeightConverter
{
    /// <summary>Heads that are the embedding under another name in models that tie them; safetensors stores such a tensor once.</summary>
    private static readonly string[] HeadNames = ["lm_head.weight", "embed_out.weight"];

    /// <param name="source">Directory of the model, with config.json.</param>
    /// <param name="target">An existing directory without weights.</param>
    /// <returns>What was written, and the names left out.</returns>
    /// <exception cref="CheckpointException">A file is refused or damaged.</exception>
    public static ConvertedWeights Convert(string source, string target)
    {
        bool isTied = HuggingFaceDirectory.ReadConfig(source).Head == HeadKind.Tied;
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        IReadOnlyList<(string File, IReadOnlyList<string> Tensors)> files = TorchCheckpoint.Files(source);
        var shards = new List<(string Name, IReadOnlyList<PendingTensor> Tensors)>();
        var leftOut = new List<string>();
        foreach ((string file, IReadOnlyList<string> listed) in files)
        {
            using var scope = NewDisposeScope();
            using FileStream stream = File.OpenRead(Path.Combine(source, file));
            IReadOnlyDictionary<string, PickledTensor> described = TorchFile.Describe(stream);
            CheckIndex(file, listed, described.Keys);
            leftOut.AddRange(isTied ? TiedHeads(described) : []);
            PendingTensor[] tensors = [.. Read(stream, described).Where(tensor => !leftOut.Contains(tensor.Name))];
            string name = SafetensorsWriter.FileName(shards.Count, files.Count);
            SafetensorsWriter.WriteFile(Path.Combine(target, name), tensors);

            // Kept for the index alone, without the numbers.
            shards.Add((name, [.. tensors.Select(tensor => tensor with { Write = _ => { } })]));
        }

        if (files.Count > 1)
        {
            ShardIndex.Write(Path.Combine(target, "model.safetensors.index.json"), shards);
        }

        return new ConvertedWeights(shards.Sum(shard => shard.Tensors.Count), shards.Sum(shard => shard.Tensors.Sum(tensor => tensor.ByteCount)), leftOut);
    }

    private static void CheckIndex(string file, IReadOnlyList<string> listed, IEnumerable<string> present)
    {
        string[] wrong = listed.Count == 0 ? [] : [.. listed.Except(present).Select(name => $"{name} is not in {file}, where the index says").Concat(present.Except(listed).Select(name => $"{name} is in {file} but not in the index"))];
        if (wrong.Length > 0)
        {
            throw new CheckpointException($"{TorchCheckpoint.IndexFile} and its shards differ: {string.Join("; ", wrong)}.");
        }
    }

    private static IEnumerable<string> TiedHeads(IReadOnlyDictionary<string, PickledTensor> described) => HeadNames.Where(head =>
        described.TryGetValue(head, out PickledTensor? tensor) && described.Any(other => other.Key != head && other.Value.Storage.Key == tensor.Storage.Key && other.Value.Shape.SequenceEqual(tensor.Shape)));

    private static IEnumerable<PendingTensor> Read(FileStream stream, IReadOnlyDictionary<string, PickledTensor> described)
    {
        Hashtable read = PyTorchUnpickler.UnpickleStateDict(stream, leaveOpen: true);
        if (read.Count != described.Count)
        {
            throw new InvalidOperationException($"TorchSharp.PyBridge has read {read.Count} tensors of {described.Count}.");
        }

        foreach ((string name, PickledTensor expected) in described)
        {
            var tensor = (Tensor?)read[name];
            if (tensor is null || !tensor.shape.SequenceEqual(expected.Shape))
            {
                throw new InvalidOperationException($"TorchSharp.PyBridge has read {name} as [{string.Join(", ", tensor?.shape ?? [])}]; it is [{string.Join(", ", expected.Shape)}].");
            }

            yield return new PendingTensor(name, StateDictGlobals.Storages[expected.Storage.Type], expected.Shape, target => tensor.WriteBytesToStream(target, 1 << 20));
        }
    }
}

/// <summary>What a conversion of weights has written.</summary>
/// <param name="TensorCount">Tensors in all files.</param>
/// <param name="ByteCount">Bytes of their numbers.</param>
/// <param name="LeftOut">Names of tensors that are another's and so not written.</param>
internal sealed record ConvertedWeights(int TensorCount, long ByteCount, IReadOnlyList<string> LeftOut);
