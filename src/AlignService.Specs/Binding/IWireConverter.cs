using Google.Protobuf;

namespace AlignService.Specs.Binding;

/// <summary>Brings rows of data from the wire and back.</summary>
public interface IWireConverter
{
    /// <param name="message">A row.</param>
    /// <param name="index">Its place in the list, from 0.</param>
    object Read(IMessage message, int index);

    IMessage Write(object row);
}
