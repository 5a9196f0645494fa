namespace Graft.Formats.Keras;

/// <summary>A layer while it is read.</summary>
/// <param name="Part">Where it stands.</param>
/// <param name="Name">What files call it.</param>
/// <param name="Takes">The values that it takes.</param>
/// <param name="Numbers">The numbers that it takes beside a value; null where it takes none.</param>
/// <param name="NumbersFirst">Whether they come before the value.</param>
internal sealed record KerasLayer(JsonPart Part, KerasLayerName Name, KerasValue[] Takes, float[]? Numbers = null, bool NumbersFirst = false)
{
    public JsonPart Config => Part["config"];

    public KerasValue X => Takes[0];

    /// <summary>An error about the layer, which names it.</summary>
    /// <param name="rule">What it is, or does, that is not read.</param>
    public WeightFileException Error(string rule) => Part.Error($"({WeightFileException.Quote(Name.Name)}) {rule}");
}
