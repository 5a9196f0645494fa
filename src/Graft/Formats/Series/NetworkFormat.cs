using System.Collections.Immutable;
using System.Text.Json;
using Graft.Readouts;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;

namespace Graft.Formats.Series;

/// <summary>Echo state networks in a file.</summary>
internal static class NetworkFormat
{
    /// <summary>Writes a network as an open JSON object's members.</summary>
    public static void Write(EchoStateNetwork network, Utf8JsonWriter writer, ArrayWriter arrays)
    {
        writer.WriteStartObject("trunk");
        TrunkFormat.Write(network.Trunk, "trunk", writer, arrays);
        writer.WriteEndObject();
        writer.WriteBoolean("predicts_inputs", network.PredictsInputs);
        writer.WriteNumber("penalty", network.Penalty);
        writer.WriteBoolean("is_at_rest", network.State is null);
        arrays.Add("readout.weights", network.Readout.Weights);
        arrays.Add("readout.bias", network.Readout.Bias.AsSpan());
        arrays.Add("inputs.offsets", network.InputScaling.Offsets);
        arrays.Add("inputs.units", network.InputScaling.Units);
        arrays.Add("outputs.offsets", network.OutputScaling.Offsets);
        arrays.Add("outputs.units", network.OutputScaling.Units);
        if (network.State is { } state) Write(state, arrays);
    }

    /// <summary>Reads a network.</summary>
    public static EchoStateNetwork Read(JsonPart part, ArrayReader arrays)
    {
        SequenceTrunk trunk = TrunkFormat.Read(part["trunk"], "trunk", arrays);
        double[] bias = arrays.Numbers("readout.bias");

        // Before a network of so many inputs is made: a trunk's number of them is only a number in the file.
        SeriesScaling inputs = Scaling("inputs", trunk.Inputs), outputs = Scaling("outputs", bias.Length);
        return new EchoStateNetwork(trunk, new LinearMap(arrays.Matrix("readout.weights", trunk.Features, bias.Length), bias))
        {
            PredictsInputs = part["predicts_inputs"].Bool(),
            Penalty = part["penalty"].Number(),
            InputScaling = inputs,
            OutputScaling = outputs,
            State = part["is_at_rest"].Bool() ? null : ReadState(trunk, bias.Length, arrays),
        };

        SeriesScaling Scaling(string name, int series) => new(arrays.Row($"{name}.offsets", series), arrays.Row($"{name}.units", series));
    }

    public static void Write(EchoState state, ArrayWriter arrays)
    {
        arrays.Add("state.units", state.Units);
        arrays.Add("state.input", state.Input);
        arrays.Add("state.output", state.Output);
    }

    public static EchoState ReadState(SequenceTrunk trunk, int outputs, ArrayReader arrays)
    {
        ImmutableArray<double> units = arrays.Row("state.units");

        // The session knows what a state of its trunk is.
        using SequenceSession session = trunk.CreateSession();
        session.State = [.. units];
        return new EchoState(units, arrays.Row("state.input", trunk.Inputs), arrays.Row("state.output", outputs));
    }
}
