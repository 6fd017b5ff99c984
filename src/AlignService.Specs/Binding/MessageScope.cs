using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace AlignService.Specs.Binding;

/// <summary>A message of a spec with its path, set or not. Paths lead to other messages; writing creates those that it needs.</summary>
internal sealed class MessageScope(MessageDescriptor type, IMessage? message, string path, MessageScope? parent, FieldDescriptor? field)
{
    private readonly Dictionary<string, MessageScope> _children = [];

    public MessageDescriptor Type { get; } = type;

    /// <summary>Null where it is not set.</summary>
    public IMessage? Message { get; private set; } = message;

    /// <summary>The path in violations.</summary>
    public string Path { get; } = path;

    public static MessageScope Root(IMessage message, string path) => new(message.Descriptor, message, path, null, null);

    public static MessageScope Root(MessageDescriptor type, string path) => new(type, null, path, null, null);

    /// <summary>An item of a list.</summary>
    public MessageScope Item(FieldDescriptor list, IMessage? item, int index) => new(list.MessageType, item, $"{Path}.{list.Name}[{index}]", this, null);

    /// <summary>The message that a path leads to.</summary>
    public MessageScope Resolve(string path)
    {
        MessageScope at = this;
        foreach (string step in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(step => step != "."))
        {
            at = step == ".." ? at.Parent : at.Child(step);
        }

        return at;
    }

    /// <summary>Whether there is a message type at the end of a path.</summary>
    public bool Has(string path)
    {
        int cut = path.LastIndexOf('/');
        return (cut < 0 ? this : Resolve(path[..cut])).Type.FindFieldByName(path[(cut + 1)..]) is not null;
    }

    /// <summary>The field that a path leads to, and the message that has it.</summary>
    public (MessageScope Owner, FieldDescriptor Field) ResolveField(string path)
    {
        int cut = path.LastIndexOf('/');
        MessageScope owner = cut < 0 ? this : Resolve(path[..cut]);
        string name = path[(cut + 1)..];
        return (owner, owner.Type.FindFieldByName(name) ?? throw new InvalidOperationException($"{owner.Type.FullName} has no field {name}, which a setting is bound to."));
    }

    /// <summary>The message, created and set in its parent where it is missing.</summary>
    public IMessage Require()
    {
        if (Message is null)
        {
            Message = Type.Parser.ParseFrom(ByteString.Empty);
            if (field is not null)
            {
                field.Accessor.SetValue(Parent.Require(), Message);
            }
        }

        return Message;
    }

    public MessageScope Child(string name)
    {
        if (_children.TryGetValue(name, out MessageScope? known))
        {
            return known;
        }

        FieldDescriptor field = Type.FindFieldByName(name) ?? throw new InvalidOperationException($"{Type.FullName} has no field {name}, which settings are bound to.");
        return _children[name] = new MessageScope(field.MessageType, Message is null ? null : field.Accessor.GetValue(Message) as IMessage, $"{Path}.{name}", this, field);
    }

    private MessageScope Parent => parent ?? throw new InvalidOperationException($"{Type.FullName} has no parent message.");
}
