using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;

namespace Tour;

internal static class EchoState
{
    public static void Run()
    {
        Matrix series = MackeyGlass.Generate(3000);
        EchoStateNetwork network = EchoStateNetwork.FitSeries(series);      // learns the next row from the rows before
        Matrix future = network.Generate(84);                               // and goes on by itself
    }
}
