using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.TorchFiles;

/// <summary>
/// Everything that a plain state dict asks Python to import, and what each returns for its arguments. A pickle is a program that calls what it imports: anything not in
/// this list is refused by name.
/// </summary>
internal static class StateDictGlobals
{
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string OrderedDict = "collections.OrderedDict";
    private const string StorageSuffix = "Storage";

    /// <summary>The storage classes with their number formats in safetensors.</summary>
    public static readonly IReadOnlyDictionary<string, StoredDtype> Storages = new Dictionary<string, StoredDtype>
    {
        ["FloatStorage"] = StoredDtype.Float32,
        ["HalfStorage"] = StoredDtype.Float16,
        ["BFloat16Storage"] = StoredDtype.BFloat16,
        ["DoubleStorage"] = StoredDtype.Float64,
        ["LongStorage"] = StoredDtype.Int64,
        ["IntStorage"] = StoredDtype.Int32,
        ["ShortStorage"] = StoredDtype.Int16,
        ["CharStorage"] = StoredDtype.Int8,
        ["ByteStorage"] = StoredDtype.UInt8,
        ["BoolStorage"] = StoredDtype.Boolean,
    };

    public static bool Allows(PickleGlobal global) => global.ToString() is RebuildTensor or OrderedDict || IsStorage(global);

    /// <returns>Null where the arguments are not those that torch.save writes.</returns>
    public static PickleValue? Call(PickleGlobal global, PickleTuple arguments) => global.ToString() switch
    {
        OrderedDict when arguments.Items.Count == 0 => new PickleMap(),
        RebuildTensor => Tensor(arguments.Items),
        _ => null,
    };

    /// <summary>What a persistent id ("storage", class, key, device, count) means.</summary>
    public static PickleStorage? Storage(PickleValue id) =>
        id is PickleTuple { Items: [PickleText { Value: "storage" }, PickleGlobal type, PickleText key, PickleText, PickleNumber { Value: >= 0 } count] } && IsStorage(type)
            ? new PickleStorage(type.Name, key.Value, count.Value)
            : null;

    /// <summary>Storage, offset, shape, strides, requires_grad, hooks (none), and in newer files metadata (none).</summary>
    private static PickledTensor? Tensor(IReadOnlyList<PickleValue> arguments) =>
        arguments.Count is 6 or 7
            && arguments[0] is PickleStorage storage && arguments[1] is PickleNumber offset && arguments[2] is PickleTuple shape && arguments[3] is PickleTuple stride && arguments[4] is PickleFlag
            && arguments.Skip(5).All(item => item is PickleNothing or PickleMap { Entries.Count: 0 })
            && Sizes(shape) is { } sizes && Sizes(stride) is { } steps && sizes.Length == steps.Length && IsSize(offset.Value)
            ? new PickledTensor(storage, offset.Value, sizes, steps)
            : null;

    private static long[]? Sizes(PickleTuple tuple) =>
        tuple.Items.All(item => item is PickleNumber size && IsSize(size.Value)) ? [.. tuple.Items.Select(item => ((PickleNumber)item).Value)] : null;

    private static bool IsSize(long value) => value is >= 0 and <= int.MaxValue;

    private static bool IsStorage(PickleGlobal global) => global.Module == "torch" && global.Name.EndsWith(StorageSuffix, StringComparison.Ordinal) && Storages.ContainsKey(global.Name);
}
