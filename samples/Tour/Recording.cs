using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Trunks;
using Graft.Runs;

namespace Tour;

internal static class Recording
{
    public static void Run()
    {
        DrivenSeries narma = Narma.Generate(2000);
        Matrix features = Reservoir.Create(new() { Units = 100, PassInputs = true }).Run(narma.Inputs);
        LeastMeanSquares readout = new(features.Columns, outputs: 1);
        using RunRecorder run = RunRecorder.Start(new() { Command = "Tour record", Data = "narma", Trunk = "reservoir", Mode = "lms", Epochs = 3, ScoreName = "r2" });
        for (int epoch = 1; epoch <= run.Config.Epochs; epoch++)
        {
            for (int t = 100; t < 1500; t++) readout.Update(features.Row(t), narma.Targets.Row(t));
            Matrix said = readout.Map.Apply(features.Slice(1500, 500));
            run.Epoch(new() { Epoch = epoch, Step = epoch * 1400, ValScore = SeriesMetrics.R2(narma.Targets.Slice(1500, 500).Values, said.Values) });
        }

        run.Finish(new());

        foreach (RunSummary recorded in RunStore.Open("runs").List())
        {
            Console.WriteLine($"{recorded.Name}: {recorded.State}, {recorded.ScoreName} {recorded.ValScore:0.00} after {recorded.EpochsDone} epochs");
        }
    }
}
