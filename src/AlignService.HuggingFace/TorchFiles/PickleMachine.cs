using System.Buffers.Binary;
using System.Text;

namespace AlignService.HuggingFace.TorchFiles;

/// <summary>
/// Runs the pickle of a state dict without calling anything: of some seventy instructions it knows the two dozen that torch.save writes for names, numbers, tuples, mappings and
/// tensors, and it refuses every name outside <see cref="StateDictGlobals"/>. It decides whether another library may read the file.
/// </summary>
internal sealed class PickleMachine
{
    private const int HighestProtocol = 5;

    private readonly byte[] _pickle;
    private readonly string _file;
    private readonly List<PickleValue> _stack = [];
    private readonly Dictionary<long, PickleValue> _memo = [];
    private int _position;

    private PickleMachine(byte[] pickle, string file) => (_pickle, _file) = (pickle, file);

    /// <returns>The mapping in the pickle.</returns>
    /// <exception cref="CheckpointException">It is anything other than a mapping that torch.save wrote.</exception>
    public static PickleMap Read(byte[] pickle, string file)
    {
        var machine = new PickleMachine(pickle, file);
        while (machine.Step())
        {
        }

        return machine._stack is [PickleMap map] && machine._position == pickle.Length
            ? map
            : throw machine.Broken("it is not one mapping of names to tensors; save model.state_dict() alone");
    }

    /// <returns>False at the end.</returns>
    private bool Step()
    {
        int at = _position;
        byte opcode = Byte();
        switch (opcode)
        {
            case 0x80: CheckProtocol(Byte()); break; // PROTO
            case 0x95: Take(sizeof(long)); break; // FRAME
            case (byte)'(': Push(new PickleMark()); break;
            case (byte)'}': Push(new PickleMap()); break;
            case (byte)')': Push(new PickleTuple([])); break;
            case (byte)'N': Push(new PickleNothing()); break;
            case 0x88: Push(new PickleFlag(true)); break;
            case 0x89: Push(new PickleFlag(false)); break;
            case (byte)'K': Push(new PickleNumber(Byte())); break;
            case (byte)'M': Push(new PickleNumber(BinaryPrimitives.ReadUInt16LittleEndian(Take(2)))); break;
            case (byte)'J': Push(new PickleNumber(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))); break;
            case 0x8A: Push(LongNumber(Byte())); break; // LONG1
            case (byte)'X': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case 0x8C: Push(Text(Byte())); break; // SHORT_BINUNICODE
            case (byte)'t': Push(new PickleTuple(PopToMark())); break;
            case 0x85: Push(new PickleTuple(Pop(1))); break;
            case 0x86: Push(new PickleTuple(Pop(2))); break;
            case 0x87: Push(new PickleTuple(Pop(3))); break;
            case (byte)'q': _memo[Byte()] = Top(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top(); break;
            case 0x94: _memo[_memo.Count] = Top(); break; // MEMOIZE
            case (byte)'h': Push(Remembered(Byte())); break;
            case (byte)'j': Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'c': Push(Global(Line(), Line())); break;
            case 0x93: Push(StackGlobal()); break;
            case (byte)'i': throw Forbidden(new PickleGlobal(Line(), Line())); // INST
            case (byte)'Q': Push(StateDictGlobals.Storage(Pop(1)[0]) ?? throw Broken("it refers to something other than a storage of the archive")); break;
            case (byte)'R': Push(Called(Pop(2))); break;
            case (byte)'b': Build(Pop(1)[0]); break;
            case (byte)'s': SetItems(Pop(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'.': return false;
            default: throw Broken($"the instruction 0x{opcode:X2} at byte {at} is not among those that torch.save writes for a state dict");
        }

        return true;
    }

    private void CheckProtocol(byte version)
    {
        if (version > HighestProtocol)
        {
            throw Broken($"it uses protocol {version}; at most {HighestProtocol} is supported");
        }
    }

    private PickleNumber LongNumber(byte length)
    {
        if (length > sizeof(long))
        {
            throw Broken($"it has a number of {length} bytes; sizes have at most {sizeof(long)}");
        }

        ReadOnlySpan<byte> bytes = Take(length);
        long value = length > 0 && bytes[^1] >= 0x80 ? -1 : 0;
        for (int i = length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return new PickleNumber(value);
    }

    private PickleText Text(long length)
    {
        try
        {
            return new PickleText(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Take(length)));
        }
        catch (ArgumentException fault)
        {
            throw Broken($"a string in it is not UTF-8 ({fault.Message})");
        }
    }

    private string Line()
    {
        int length = _pickle.AsSpan(_position).IndexOf((byte)'\n');
        string line = Encoding.Latin1.GetString(Take(length < 0 ? _pickle.Length : length));
        _position++;
        return line;
    }

    private PickleGlobal StackGlobal() => Pop(2) is [PickleText module, PickleText name]
        ? Global(module.Value, name.Value)
        : throw Broken("it names an import by something other than text");

    private PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return StateDictGlobals.Allows(global) ? global : throw Forbidden(global);
    }

    private PickleValue Called(List<PickleValue> call) => call is [PickleGlobal global, PickleTuple arguments]
        ? StateDictGlobals.Call(global, arguments) ?? throw Broken($"it calls {global} with other arguments than torch.save writes")
        : throw Broken("it calls something that is not a name");

    /// <summary>State of an OrderedDict: torch keeps module versions there, which are not needed.</summary>
    private void Build(PickleValue state)
    {
        if (Top() is not PickleMap || state is not PickleMap map || map.Entries.Values.Any(value => value is PickledTensor))
        {
            throw Broken("it sets the state of something other than a mapping");
        }
    }

    private void SetItems(List<PickleValue> items)
    {
        if (Top() is not PickleMap map || items.Count % 2 != 0)
        {
            throw Broken("it sets items of something other than a mapping");
        }

        for (int i = 0; i < items.Count; i += 2)
        {
            if (items[i] is not PickleText key || !map.Entries.TryAdd(key.Value, items[i + 1]))
            {
                throw Broken(items[i] is PickleText twice ? $"the name {twice.Value} occurs twice" : "a mapping in it has a key that is not text");
            }
        }
    }

    private PickleValue Remembered(long index) => _memo.TryGetValue(index, out PickleValue? value) ? value : throw Broken($"it refers to value {index}, which it has not stored");

    private void Push(PickleValue value) => _stack.Add(value);

    private PickleValue Top() => _stack is [.., not PickleMark] ? _stack[^1] : throw Broken("it uses a value that does not exist");

    private List<PickleValue> Pop(int count)
    {
        int start = _stack.Count - count;
        if (start < 0 || _stack.FindIndex(start, value => value is PickleMark) >= 0)
        {
            throw Broken("it uses a value that does not exist");
        }

        List<PickleValue> values = _stack.GetRange(start, count);
        _stack.RemoveRange(start, count);
        return values;
    }

    private List<PickleValue> PopToMark()
    {
        int mark = _stack.FindLastIndex(value => value is PickleMark);
        List<PickleValue> values = mark < 0 ? throw Broken("it ends a list that it has not begun") : _stack.GetRange(mark + 1, _stack.Count - mark - 1);
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > _pickle.Length - _position)
        {
            throw Broken("it ends in the middle of an instruction: the file is damaged; copy it again");
        }

        _position += (int)count;
        return _pickle.AsSpan(_position - (int)count, (int)count);
    }

    private CheckpointException Forbidden(PickleGlobal global) => new(
        $"{_file} asks Python for {global}, which a state dict does not need: it may contain code, or more than weights. Nothing in it was run. "
        + "Save model.state_dict() alone, or get the model as safetensors.");

    private CheckpointException Broken(string what) => new($"{_file}: the pickle in it cannot be read: {what}.");
}
