using PriceCalculator;

return PriceCalculatorProgram.Run(args, TimeProvider.System, Console.Out, Console.Error);
