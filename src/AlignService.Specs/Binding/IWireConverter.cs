using Google.Protobuf;

namespace AlignService.Specs.Binding;

/// <summary>Converts rows of data from and to the wire.</summary>
public interface IWireConverter
{
    /// <param name="message">A row.</param>
    /// <param name="index">Its index in the list.</param>
    object Read(IMessage message, int index);

    IMessage Write(object row);
}
